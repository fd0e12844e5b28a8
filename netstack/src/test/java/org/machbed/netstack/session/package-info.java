/** Tests of the demultiplexer for sessions. */
@NullMarked
package org.machbed.netstack.session;

import org.jspecify.annotations.NullMarked;
