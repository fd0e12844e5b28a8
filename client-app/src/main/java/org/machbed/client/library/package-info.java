/**
 * The protocol library in the application: a stack on a link end, run by the application's own threads, and its sockets. Who runs it
 * ({@link org.machbed.client.library.LibraryHost}) knows no sockets, and the sockets know neither the link nor threads.
 */
@NullMarked
package org.machbed.client.library;

import org.jspecify.annotations.NullMarked;
