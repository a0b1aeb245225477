/** What draws {@link org.lenet4j.data.SyntheticDigits}: the shapes people write, their strokes and the pen. */
package org.lenet4j.data.digits;
