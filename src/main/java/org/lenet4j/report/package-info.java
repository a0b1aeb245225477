/** Tables, pictures and the page of {@code --report}: what a training or a fine-tuning came to. */
package org.lenet4j.report;
