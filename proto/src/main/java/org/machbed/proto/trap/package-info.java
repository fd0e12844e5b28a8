/** Numbers and arguments of the traps into the kernel. */
@NullMarked
package org.machbed.proto.trap;

import org.jspecify.annotations.NullMarked;
