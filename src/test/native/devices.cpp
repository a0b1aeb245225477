// Several devices: each thread has a current one, and what is made belongs to that.

#include "state.h"

namespace standin {

thread_local int deviceSet = -1;

int capabilityOf(int device) {
  int own = control->capabilities[device];
  return own != 0 ? own : control->computeMajor * 10 + control->computeMinor;
}

int foreign(const Call& call, int code, const std::string& what, int owner, int device) {
  return call.violation(code, text("%s belongs to device %d and is used on device %d", what.c_str(), owner, device));
}

API int cudaGetDevice(int* device) {
  Call call(Library::cudart, __func__, Kind::enqueues);
  *device = currentDevice();
  return call.code;
}

}  // namespace standin
