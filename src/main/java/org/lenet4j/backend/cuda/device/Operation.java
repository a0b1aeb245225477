package org.lenet4j.backend.cuda.device;

/**
 * One piece of a pass over the network, put into the stream when it is run.
 *
 * @param name what it does, for example {@code conv1 forward}
 * @param run  calls the library; allocates nothing
 */
public record Operation(String name, Runnable run) {}
