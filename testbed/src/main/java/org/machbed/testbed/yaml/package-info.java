/** Strict reading of YAML: unknown keys are errors that name the file and the line. Runs in the launcher only. */
@NullMarked
package org.machbed.testbed.yaml;

import org.jspecify.annotations.NullMarked;
