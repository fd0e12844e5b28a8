package org.machbed.link.linux;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import org.machbed.netstack.Ipv4Address;

/** An IPv4 address, in host order, that an interface of this machine has. */
record LocalAddress(String interfaceName, int ipv4) {
    /** Those of the network namespace of the calling thread. */
    static List<LocalAddress> all() throws IOException {
        List<LocalAddress> all = new ArrayList<>();
        NetworkInterface.networkInterfaces()
                .forEach(each -> each.inetAddresses()
                        .filter(Inet4Address.class::isInstance)
                        .map(address -> new LocalAddress(each.getName(), inHostOrder((Inet4Address) address)))
                        .forEach(all::add));
        return all;
    }

    static int inHostOrder(Inet4Address address) {
        byte[] octets = address.getAddress();
        return (octets[0] & 0xFF) << 24 | (octets[1] & 0xFF) << 16 | (octets[2] & 0xFF) << 8 | (octets[3] & 0xFF);
    }

    @Override
    public String toString() {
        return interfaceName + " (" + Ipv4Address.format(ipv4) + ")";
    }
}
