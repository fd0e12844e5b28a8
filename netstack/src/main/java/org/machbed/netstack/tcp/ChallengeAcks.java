package org.machbed.netstack.tcp;

import org.machbed.netstack.StackCounter;
import org.machbed.netstack.time.TokenBucket;

/** Acknowledgments that answer what may be forged or old, so many of a connection and no more (RFC 5961 section 7). */
final class ChallengeAcks {
    /** Of one connection, so that no other connection's can be told from them. */
    private static final int PER_SECOND = 2;

    private static final int BURST = 10;

    private final TcpConnection c;
    private final TokenBucket challenges = new TokenBucket(PER_SECOND, BURST);
    private final TokenBucket strays = new TokenBucket(PER_SECOND, BURST);

    ChallengeAcks(TcpConnection connection) {
        this.c = connection;
    }

    /** Answers what may be forged so that an honest peer can show itself (RFC 5961 sections 3 to 5). */
    void challenge(long nowNs) {
        if (!challenges.take(nowNs)) {
            c.count(StackCounter.TCP_CHALLENGE_ACKS_RATE_LIMITED);
            return;
        }
        c.count(StackCounter.TCP_CHALLENGE_ACKS_SENT);
        c.transmission.acknowledge(nowNs);
    }

    /** Answers an unacceptable segment without text: not so often that two ends could answer each other for ever. */
    void answerStray(long nowNs) {
        if (mayAnswerStray(nowNs)) {
            c.transmission.acknowledge(nowNs);
        }
    }

    /** Whether one more may be answered; it counts as answered then. */
    boolean mayAnswerStray(long nowNs) {
        return strays.take(nowNs);
    }
}
