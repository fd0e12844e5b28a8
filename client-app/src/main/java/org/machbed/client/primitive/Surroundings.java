package org.machbed.client.primitive;

import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;

/**
 * Where a primitive is measured.
 *
 * @param host whose kernel-node, if it needs one, it uses, and whose directory takes its files
 * @param ipc what carries its messages
 */
public record Surroundings(HostDirectory host, MachTransport ipc, Crossings crossings) {}
