/** What redraws a digit for {@link org.lenet4j.data.Scans}: other pens, and what scanners and cameras make of them. */
package org.lenet4j.data.scan;
