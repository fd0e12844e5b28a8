package org.machbed.client.session;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.machbed.client.library.ArrivedDatagram;
import org.machbed.client.library.LibrarySessions.DatagramState;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.DatagramSession;

/** Datagram sockets as values, between what messages carry and what the library takes. */
final class DatagramSessions {
    private DatagramSessions() {}

    static DatagramSession parse(byte[] state) throws SocketLayerException {
        try {
            return DatagramSession.parseFrom(state);
        } catch (InvalidProtocolBufferException e) {
            throw new SocketLayerException(Errno.EIO, "the server answered no datagram session: " + e.getMessage());
        }
    }

    /** Its addresses alone. */
    static DatagramSession addresses(DatagramSession session) {
        return session.toBuilder().clearOptions().clearDatagrams().clearError().build();
    }

    /** @param ownIpv4 the host's, for a socket that is bound to any */
    static SessionTemplate template(DatagramSession session, int ownIpv4) {
        int local = session.getLocalIpv4() == 0 ? ownIpv4 : session.getLocalIpv4();
        return new SessionTemplate(
                IpProtocol.UDP, local, session.getLocalPort(), session.getRemoteIpv4(), session.getRemotePort());
    }

    static DatagramState state(DatagramSession session) {
        Map<Integer, Integer> options = new HashMap<>();
        session.getOptionsList().forEach(option -> options.put(option.getNumber(), option.getValue()));
        List<ArrivedDatagram> datagrams = new ArrayList<>();
        session.getDatagramsList()
                .forEach(datagram -> datagrams.add(ArrivedDatagram.of(
                        datagram.getIpv4(),
                        datagram.getPort(),
                        datagram.getData().toByteArray())));
        return new DatagramState(options, datagrams, session.getError() == 0 ? null : Errno.of(session.getError()));
    }

    static byte[] encode(DatagramSession addresses, DatagramState state) {
        DatagramSession.Builder session = addresses.toBuilder();
        state.options()
                .forEach((number, value) ->
                        session.addOptionsBuilder().setNumber(number).setValue(value));
        for (ArrivedDatagram datagram : state.datagrams()) {
            session.addDatagramsBuilder()
                    .setIpv4(DatagramHeader.ipv4(datagram.header()))
                    .setPort(DatagramHeader.port(datagram.header()))
                    .setData(UnsafeByteOperations.unsafeWrap(datagram.data()));
        }
        Errno error = state.error();
        return session.setError(error == null ? 0 : error.number()).build().toByteArray();
    }
}
