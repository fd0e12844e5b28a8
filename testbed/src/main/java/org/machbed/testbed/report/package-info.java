/** What a run leaves: the table on the terminal, results.json and report.html. Runs in the launcher only. */
@NullMarked
package org.machbed.testbed.report;

import org.jspecify.annotations.NullMarked;
