/** Tables, pictures and pages: what a training run or a fine-tuning came to. */
package org.lenet4j.report;
