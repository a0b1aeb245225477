package org.lenet4j.backend.cpu.memory;

/**
 * Where the layers of a network reserve what they keep.
 *
 * @param worker  the memory of each worker
 * @param batch   memory of all, for what is kept of every chunk
 * @param natives the owner of what lies outside of Java's heap
 * @param workers the number of workers
 * @param chunks  the number of chunks in a batch; 0 if the network is not trained
 */
public record NetworkMemory(MemoryPlan worker, MemoryPlan batch, NativeMemory natives, int workers, int chunks) {}
