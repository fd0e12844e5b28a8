package org.machbed.netstack;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Addresses as people and RFC 1122 section 3.2.1.3 read them. */
class AddressTest {
    @Test
    void macAddressesReadAsTheyAreWritten() {
        assertThat(MacAddress.parse("02:00:5e:00:53:0a").bits()).isEqualTo(0x0200_5e00_530aL);
        assertThat(MacAddress.parse("02:00:5E:00:53:0A")).hasToString("02:00:5e:00:53:0a");
        assertThat(MacAddress.BROADCAST).hasToString("ff:ff:ff:ff:ff:ff");
        assertThat(MacAddress.BROADCAST.isBroadcast()).isTrue();
        assertThat(MacAddress.parse("01:00:5e:00:00:01").isGroup()).isTrue();
        assertThat(MacAddress.parse("02:00:00:00:00:01").isGroup()).isFalse();
        assertThat(MacAddress.isStation(0)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "02:00:00:00:00",
                "02:00:00:00:00:01:02",
                "02:00:00:00:00:1",
                "02:00:00:00:00:0g",
                "020000000001"
            })
    void otherTextIsNoMacAddress(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MacAddress.parse(text))
                .withMessageContaining("\"" + text + "\"");
    }

    @Test
    void ipv4AddressesReadAsTheyAreWritten() {
        assertThat(Ipv4Address.parse("192.0.2.1")).isEqualTo(0xC000_0201);
        assertThat(Ipv4Address.format(0xC000_0201)).isEqualTo("192.0.2.1");
        assertThat(Ipv4Address.parse("255.255.255.255")).isEqualTo(Ipv4Address.LIMITED_BROADCAST);
        assertThat(Ipv4Address.mask(24)).isEqualTo(0xFFFF_FF00);
        assertThat(Ipv4Address.mask(0)).isZero();
        assertThat(Ipv4Address.mask(32)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.-4", "1.2.3.x", "01.2.3.4", "1..3.4", "1.2.3.4 "})
    void otherTextIsNoIpv4Address(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Ipv4Address.parse(text))
                .withMessageContaining("\"" + text + "\"");
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.0, 24, 0",
        "192.0.2.255, 24, 0",
        "0.0.0.1, 8, 0",
        "127.0.0.1, 8, 0",
        "224.0.0.1, 24, 0",
        "255.255.255.255, 24, 0",
        "192.0.2.1, 33, 0",
        "192.0.2.1, 24, 198.51.100.1"
    })
    void aStackNeedsTheAddressOfOneHostAndAGatewayBesideIt(String ipv4, int prefix, String gateway) {
        int gatewayIpv4 = gateway.equals("0") ? 0 : Ipv4Address.parse(gateway);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StackConfiguration(
                        new MacAddress(2), Ipv4Address.parse(ipv4), prefix, gatewayIpv4, 1500, 0, true));
    }

    @Test
    void aStackNeedsAStationAndAnMtu() {
        int ipv4 = Ipv4Address.parse("192.0.2.1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StackConfiguration(MacAddress.BROADCAST, ipv4, 24, 0, 1500, 0, true));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StackConfiguration(new MacAddress(2), ipv4, 24, 0, 67, 0, true))
                .withMessageContaining("mtuBytes 67");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StackConfiguration(new MacAddress(2), ipv4, 24, 0, 65_536, 0, true));
        StackConfiguration possible = new StackConfiguration(new MacAddress(2), ipv4, 24, 0, 1500, 0, true);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> possible.withTimeToLive(0))
                .withMessageContaining("timeToLive 0");
        assertThatIllegalArgumentException().isThrownBy(() -> possible.withTimeToLive(256));
        assertThat(new StackConfiguration(new MacAddress(2), ipv4, 31, 0, 68, 0, true).mtuBytes())
                .isEqualTo(68);
    }
}
