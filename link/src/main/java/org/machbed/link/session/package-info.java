/** What an application's library and the server agree on about sessions besides messages. Belongs to both processes. */
@NullMarked
package org.machbed.link.session;

import org.jspecify.annotations.NullMarked;
