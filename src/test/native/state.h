// What all the libraries of the stand-in share: calls and their faults, objects behind handles, device memory, work on streams.
#pragma once

#include <cstdio>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api.h"
#include "control.h"

namespace standin {

__attribute__((format(printf, 1, 2))) std::string text(const char* format, ...);

// ---- calls (call.cpp) ----

enum class Library { cudart, driver, cublas, cudnn };

enum class Kind {
  enqueues,  // allowed while this thread captures
  blocks,    // not allowed while this thread captures: allocates, waits, searches or sets up
  releases   // as blocks; a release that a fault hits releases all the same
};

/** One call of the API: counts it, decides whether it fails, and names it in violations. */
struct Call {
  Call(Library library, const char* name, Kind kind);

  /** Records what is wrong with the call; returns the code. */
  int violation(int code, const std::string& reason) const;

  int code = 0;  // 0: go on; else return it
  bool refused = false;  // a release must not happen: it is forbidden while capturing
  const Library library;
  const char* const name;
};

void violation(const char* call, const std::string& reason);
/** From here on every call fails with this code of cudart, until the reset. */
void lose(int code);
extern thread_local int lastError;  // of cudart, on this thread
extern thread_local std::string lastReason;  // why a call failed on this thread, for cudnnGetLastErrorString

// ---- devices (devices.cpp) ----

constexpr int mostDevices = 16;

extern thread_local int deviceSet;  // by this thread with cudaSetDevice; -1: none, then the runtime works on 0 and the driver on nothing
/** The device that a call of this thread is for. */
inline int currentDevice() { return deviceSet < 0 ? 0 : deviceSet; }
/** 90 for 9.0. */
int capabilityOf(int device);
/** Records that something belongs to another device than it is used on. */
int foreign(const Call& call, int code, const std::string& what, int owner, int device);

// ---- objects (objects.cpp) ----

struct Object {
  int device = currentDevice();  // that it was made on
  virtual ~Object() = default;
};

/** Makes a handle that is never used again. */
Handle add(const char* kind, std::shared_ptr<Object> object);
std::shared_ptr<Object> lookup(Handle handle);
/** Takes the object out; null if it is not alive. */
std::shared_ptr<Object> drop(Handle handle);
/** Why there is no such object: null, destroyed, another kind, never made. */
std::string explain(Handle handle, const char* wanted);
std::vector<std::shared_ptr<Object>> all();
std::string leaks();
void forgetObjects();

template <class T> std::shared_ptr<T> find(Handle handle) {
  return std::dynamic_pointer_cast<T>(lookup(handle));
}

template <class T> std::shared_ptr<T> remove(Handle handle) {
  return find<T>(handle) ? std::dynamic_pointer_cast<T>(drop(handle)) : nullptr;
}

// ---- memory (memory.cpp) ----

/** "" if all of it lies in one live allocation of the device, else what is wrong. */
std::string deviceRangeError(const char* argument, const void* pointer, size_t bytes);
bool isDevice(const void* pointer);
/** The device whose live memory this is, or -1. */
int deviceOf(const void* pointer);
int64_t bytesOn(int device);
/** Whether it lies in live pinned memory. */
bool isPinned(const void* pointer);
/** "" if the range is outside all allocations, or inside a live pinned one. */
std::string hostRangeError(const char* argument, const void* pointer, size_t bytes);
/** Names the allocation whose surroundings were written to; "" if all are whole. */
std::string brokenCanary();
std::string memoryLeaks();
void forgetMemory();

// ---- work on streams (stream.cpp) ----

struct Range {
  std::string argument;
  const void* pointer;
  size_t bytes;
  bool written;
};

/** Device memory that an operation touches. */
struct Operands {
  std::vector<Range> ranges;
  std::string error;

  void read(const std::string& argument, const void* pointer, size_t bytes);
  void write(const std::string& argument, void* pointer, size_t bytes);
  /** Written memory may overlap what is read only where both are the same. */
  void checkOverlap(bool inPlaceAllowed);
  /** Checks again, when the work runs, that everything is alive. */
  std::string check() const;
};

/** Work for later. */
struct Operation {
  const char* call;
  Operands operands;
  std::function<std::string()> run;  // returns "" or what went wrong
  std::function<bool()> ready;  // whether it may run yet; null: always
};

struct Graph : Object {
  std::vector<std::shared_ptr<const Operation>> nodes;
};

struct Stream : Object {
  std::recursive_mutex mutex;
  std::deque<std::shared_ptr<const Operation>> queue;
  std::shared_ptr<Graph> capture;  // null: not capturing
  bool captureBroken = false;
  int error = 0;  // of work that ran, not yet reported
};

/** Puts work on a stream, or into its capture. Returns 0, or a code of the call's library with the reason in the violations. */
int enqueue(const Call& call, Handle stream, Operands operands, std::function<std::string()> run, std::function<bool()> ready = {});

// ---- running it (queues.cpp) ----

/** Runs what waits, and some of what waits on other streams; returns the error of the work. */
int runAll(Stream& stream);
/** Runs what waits as far as that is so, unless another thread runs it. */
void runUntil(Stream& stream, const std::function<bool()>& enough);
/** Of the current device. */
void runAllStreams();
// ---- captures (stream.cpp) ----

/** The stream that this thread captures, or null. */
std::shared_ptr<Stream> capturing();
void forgetCaptures();

}  // namespace standin
