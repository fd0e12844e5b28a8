/** What holds of both hosts in containers: what they carry, what a round trip crosses, who may do what, and what failures come to. */
@NullMarked
package org.machbed.docker;

import org.jspecify.annotations.NullMarked;
