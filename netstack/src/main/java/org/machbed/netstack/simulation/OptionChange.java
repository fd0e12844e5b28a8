package org.machbed.netstack.simulation;

import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;

/** Changes an option of a socket, whatever it is in the middle of. */
final class OptionChange {
    private OptionChange() {}

    static void any(TcpSocket s, Dice dice, long nowNs) throws SocketLayerException {
        switch (dice.below(6)) {
            case 0 -> s.setOption(SocketOptionName.RECEIVE_BUFFER_BYTES, WorldPlan.bufferBytes(dice), nowNs);
            case 1 -> s.setOption(SocketOptionName.SEND_BUFFER_BYTES, WorldPlan.bufferBytes(dice), nowNs);
            case 2 -> s.setOption(SocketOptionName.NO_DELAY, dice.below(2), nowNs);
            case 3 -> s.setOption(SocketOptionName.TYPE_OF_SERVICE, dice.below(256), nowNs);
            case 4 ->
                s.setOption(
                        SocketOptionName.CONGESTION_CONTROL, dice.below(CongestionAlgorithm.values().length), nowNs);
            default -> s.setOption(SocketOptionName.LINGER_SECONDS, 1 + dice.below(30), nowNs);
        }
    }
}
