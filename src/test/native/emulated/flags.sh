# How a kernel is built for the CPU under $how: all that is compiled gets flags; a source with kernels also watch; what is linked, and the
# emulator, link; the judge of races, define.
flags=(-std=c++17 -O1 -g1 -fno-math-errno -fno-strict-aliasing -I "$native" -I "$native/emulated" -Wall -Wextra
  -Wno-unknown-pragmas -Wno-unused-function -Wno-unused-variable)
case $how in
  address)
    link=(-fsanitize=address,undefined -fno-sanitize-recover=undefined)
    watch=("${link[@]}" '-fsanitize-sections=shared_*') # strips between the variables in shared memory
    define=()
    ;;
  races)
    link=()
    watch=(-fsanitize=thread)
    define=(-DWATCHED)
    ;;
  plain)
    link=()
    watch=()
    define=()
    ;;
  *)
    echo "address, races or plain, not $how" >&2
    exit 2
    ;;
esac
# The stacks of fibers are not those that the check for returned stacks and LeakSanitizer know.
export ASAN_OPTIONS=detect_stack_use_after_return=0:detect_leaks=0
