/** Tests over processes. */
@NullMarked
package org.machbed.ipc;

import org.jspecify.annotations.NullMarked;
