/**
 * The CMU/Stanford packet filter: small stack programs that say which received frames a task wants. A kernel validates
 * a program once, when it is installed, and then runs it on every frame. Free of I/O, threads and clocks.
 */
@NullMarked
package org.machbed.netstack.filter;

import org.jspecify.annotations.NullMarked;
