/** Meters for <a href="https://micrometer.io">Micrometer</a>. Needs {@code io.micrometer:micrometer-core}; nothing else here does. */
package org.lenet4j.micrometer;
