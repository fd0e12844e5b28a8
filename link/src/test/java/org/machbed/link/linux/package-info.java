/** Tests of interfaces as wires, most of them against Linux in network namespaces that they make. */
@NullMarked
package org.machbed.link.linux;

import org.jspecify.annotations.NullMarked;
