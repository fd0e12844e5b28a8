/** The call gate: small calls of fixed size into the kernel, with copyin and copyout. Callers and kernel share one host. */
@NullMarked
package org.machbed.ipc.trap;

import org.jspecify.annotations.NullMarked;
