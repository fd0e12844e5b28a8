/** Topologies as data: where each component lives and how it talks to the next one, and the rules that refuse nonsense. Runs in the launcher only. */
@NullMarked
package org.machbed.testbed.topology;

import org.jspecify.annotations.NullMarked;
