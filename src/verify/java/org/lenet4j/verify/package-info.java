/**
 * Verifies lenet4j on a machine with a GPU, without Maven: what {@code verify.sh} of the GPU bundle runs. Start with
 * {@link org.lenet4j.verify.Verify}.
 */
package org.lenet4j.verify;
