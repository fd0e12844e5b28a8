/** The counting wake-up of reynolds91 between threads of any processes that share a page. Linux only. */
@NullMarked
package org.machbed.ipc.doorbell;

import org.jspecify.annotations.NullMarked;
