package org.machbed.server.unix;

/**
 * Which call of a client a server thread executes.
 *
 * @param socket descriptor of the file that the call is on, which only its client knows
 * @param number what the client calls it; 0 when it does not want to interrupt it
 */
record CallName(int socket, int number) {}
