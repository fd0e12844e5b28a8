/** What holds of both hosts in containers: what they carry, and who may do what. */
@NullMarked
package org.machbed.docker;

import org.jspecify.annotations.NullMarked;
