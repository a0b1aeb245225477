/**
 * A plain scalar backend in double, the yardstick of the other backends: loops a reader can check by eye, one sample at a time, one
 * file a layer. Only its speed is bad.
 */
package org.lenet4j.reference;
