// LeNet-5's training step for large batches, in four kernels and the update of optimizer.cu: the convolutions of two samples by a block,
// the linear layers of TOGETHER samples by a block, the gradients of the convolutions, and those of the linear layers.
#include "lenet_classifier.cuh"
#include "lenet_classifier_gradients.cuh"
#include "lenet_convolution_backward.cuh"
#include "lenet_loss.cuh"

// What the convolutions leave; only a2 is wanted where nothing is trained.
struct Features {
  float* a1;            // (batch, 6, 14, 14), after pooling and ReLU
  unsigned* masks1;     // (batch, 14, 14), MASK_BITS a map
  float* a2;            // (batch, 16, 5, 5), after pooling and ReLU
  unsigned char* mask2; // (batch, 16, 5, 5)
};

// images (size, 28, 28), or x (batch, 28, 28) and samples (batch) where another kernel has gathered them; order (epoch) or null; a pixel is
// byte * scale + shift
extern "C" __global__ __launch_bounds__(THREADS, 2) void lenet_features(Parameters net, Features features, const unsigned char* images,
    const float* x, const int* samples, const int* order, const Step* steps, const Progress* progress, float scale, float shift) {
  __shared__ Forward s;
  float filters2[OWN2];
  fetch_filters2(filters2, net.conv2Weight);
  load_filters1(s.weight1, net.conv1Weight);
  const Step step = steps[progress->step];
  store_filters2(s.weight2, filters2);
  const int t = threadIdx.x;
  for (int first = blockIdx.x * PAIR; first < step.count; first += gridDim.x * PAIR) {
#pragma unroll
    for (int of = 0; of < PAIR; of++) {
      const int lane = min(first + of, step.count - 1); // an odd one is computed twice
      const int sample = samples ? samples[lane] : order ? order[step.first + lane] : step.first + lane;
      load_image(s.of.in.image[of], images + (size_t) sample * IMAGE * IMAGE, x ? x + (size_t) lane * IMAGE * IMAGE : nullptr, scale,
          shift);
    }
    __syncthreads();
    unsigned masks[2] = {};
    convolve1_pair(s, net.conv1Bias, masks);
    __syncthreads();
    if (features.a1) {
      const int of = t / (AREA1 / 2);
      const int lane = first + of;
      const int pair = t % (AREA1 / 2);
      if (of < PAIR && lane < step.count) {
        features.masks1[(size_t) lane * AREA1 + pair * 2] = masks[0];
        features.masks1[(size_t) lane * AREA1 + pair * 2 + 1] = masks[1];
#pragma unroll
        for (int k = 0; k < MAPS1; k++) {
          *(float2*) (features.a1 + (size_t) lane * SIZE1 + k * AREA1 + pair * 2) =
              *(const float2*) (s.of.in.a1[of] + k * PLANE1 + pair / (SIDE1 / 2) * ROW1 + pair % (SIDE1 / 2) * 2);
        }
      }
    }
    convolve2_pair(s);
    __syncthreads();
    const int count = min(PAIR, step.count - first);
    for (int i = t; i < count * SIZE2; i += THREADS) {
      unsigned mask;
      features.a2[(size_t) first * SIZE2 + i] = pool_thirds(s.of.thirds[i / SIZE2], i % SIZE2, net.conv2Bias[i % SIZE2 / AREA2], &mask);
      if (features.mask2) {
        features.mask2[(size_t) first * SIZE2 + i] = (unsigned char) mask;
      }
    }
    __syncthreads();
  }
}

// From a2 to the losses, and with da2 (batch, 400) back to the gradient of a2; saved.a2 is read, the others are written unless da2 is null.
// logits (batch, classes) or null; losses, corrects (batch), or null if only logits are wanted; the others as in loss.cu
extern "C" __global__ __launch_bounds__(CLASSIFIERS) void lenet_classifier(Parameters net, Saved saved, float* da2, const int* samples,
    const int* order, const Step* steps, Progress* progress, float* logits, int kind, float smoothing, const int* labels,
    const float* targets, int* predictions, float* losses, int* corrects, int classes) {
  __shared__ union __align__(16) {
    Piece1 piece1;
    Classified of;
    LossSums losses[CLASSIFIERS / 32]; // of each warp
  } s;
  const Step* step = steps + progress->step;
  constexpr int EACH = CLASSIFIERS / TOGETHER; // threads that compute a loss
  float* const h1 = s.of.h1;
  float* const h2 = s.of.of.upper.h2;
  float* const z = s.of.of.upper.z;
  for (int first = blockIdx.x * TOGETHER; first < step->count; first += gridDim.x * TOGETHER) {
    const int count = min(TOGETHER, step->count - first);
    classify1(net.fc1Weight, net.fc1Bias, saved.a2 + (size_t) first * SIZE2, count, s.piece1, h1);
    classify2(net.fc2Weight, net.fc2Bias, h1, s.of.of.upper.fc2, h2);
    classify3(net.fc3Weight, net.fc3Bias, h2, z, classes);
    if (logits) {
      save(logits + (size_t) first * classes, z, ROW_Z, classes, count);
    }
    if (da2) {
      save(saved.h1 + (size_t) first * HIDDEN1, h1, ROW_H1, HIDDEN1, count);
      save(saved.h2 + (size_t) first * HIDDEN2, h2, ROW_H2, HIDDEN2, count);
    }
    if (losses) {
      __syncthreads();
      const int lane = threadIdx.x / EACH;
      const int at = first + min(lane, count - 1);
      const int sample = samples ? samples[at] : order ? order[step->first + at] : step->first + at;
      const int label = labels ? labels[sample] : -1;
      int best;
      const float value = group_loss<EACH>(kind, smoothing, z + lane * ROW_Z, da2 ? z + lane * ROW_Z : nullptr, classes, label,
          targets ? targets + (size_t) sample * classes : nullptr, step->scale, &best);
      if (threadIdx.x % EACH == 0 && lane < count) {
        losses[at] = progress->poisoned ? nanf("") : value;
        corrects[at] = best == label;
        if (predictions) {
          predictions[at] = best;
        }
      }
      __syncthreads();
    }
    if (da2) {
      save(saved.dz3 + (size_t) first * classes, z, ROW_Z, classes, count);
      classify_back3(net.fc3Weight, z, h2, classes);
      __syncthreads();
      save(saved.dz2 + (size_t) first * HIDDEN2, h2, ROW_H2, HIDDEN2, count);
      classify_back2(net.fc2Weight, h2, s.of.of.upper.fc2Back, h1);
      __syncthreads();
      save(saved.dz1 + (size_t) first * HIDDEN1, h1, ROW_H1, HIDDEN1, count);
      classify_back1(net.fc1Weight, h1, s.of.of.fc1Back, da2 + (size_t) first * SIZE2, count);
    }
  }
  if (losses && !da2) {
    finish_losses<CLASSIFIERS>(s.losses, losses, corrects, step->count, progress);
  }
}

// The gradients of the convolutions over each block's samples: parts (blocks, partLength), laid out as the parameters are, with the offsets
// of conv1's bias and of conv2's weight and bias. da2 (batch, 400): the gradient of a2; the others as in lenet_features
extern "C" __global__ __launch_bounds__(THREADS, 2) void lenet_features_backward(Parameters net, Features features, const float* da2,
    const unsigned char* images, const float* x, const int* samples, const int* order, const Step* steps, const Progress* progress,
    float scale, float shift, float* parts, int partLength, int bias1, int weight2, int bias2) {
  __shared__ Convolutions s;
  __shared__ union __align__(16) {
    float parts[4 * SIZE1];      // of a1's gradient
    float dense[MAPS1 * DENSE1]; // the gradient of conv1's output
    float sums[7 * 156 + WEIGHTS2];
  } scratch;
  float filters2[OWN2];
  fetch_filters2(filters2, net.conv2Weight);
  const Step step = steps[progress->step];
  store_filters2(s.weight2, filters2);
  const int t = threadIdx.x;
  FilterGradients gradients = {};
  for (int lane = blockIdx.x; lane < step.count; lane += gridDim.x) {
    const int sample = samples ? samples[lane] : order ? order[step.first + lane] : step.first + lane;
    load_image(s.image, images + (size_t) sample * IMAGE * IMAGE, x ? x + (size_t) lane * IMAGE * IMAGE : nullptr, scale, shift);
    unsigned masks = 0;
    if (t < AREA1) {
      masks = features.masks1[(size_t) lane * AREA1 + t];
      float own[MAPS1];
#pragma unroll
      for (int k = 0; k < MAPS1; k++) {
        own[k] = features.a1[(size_t) lane * SIZE1 + k * AREA1 + t];
      }
#pragma unroll
      for (int k = 0; k < MAPS1; k++) {
        s.a1[k * PLANE1 + t / SIDE1 * ROW1 + t % SIDE1] = own[k];
      }
    }
    for (int i = t; i < SIZE2; i += THREADS) {
      const int window = i % AREA2;
      spread(s.d2 + i / AREA2 * PLANE2 + window / SIDE2 * 2 * ROW2 + window % SIDE2 * 2, ROW2, features.mask2[(size_t) lane * SIZE2 + i],
          da2[(size_t) lane * SIZE2 + i]);
    }
    __syncthreads();
    data_gradient(s, scratch.parts);
    filter_gradient2(s, gradients);
    __syncthreads();
    spread1(scratch.parts, masks);
    __syncthreads();
    filter_gradient1(s, scratch.dense, gradients);
    __syncthreads();
  }
  store_filter_gradients(gradients, scratch.sums, parts + (size_t) blockIdx.x * partLength, bias1, weight2, bias2, true);
}

#define TILES1 13 // of fc1, (120, 32) each
#define TILES2 3  // of fc2, (88, 40)
#define TILE3 16  // classes of one of fc3, (16, 88)

// slices (gridDim.y, sliceLength): each has the gradients over `share` samples, laid out as the parameters are. gridDim.x: TILES1, TILES2,
// a tile for each TILE3 classes, and one for the sum of what lenet_classifier has left in losses, corrects (batch)
extern "C" __global__ __launch_bounds__(THREADS, 2) void lenet_classifier_gradients(Saved saved, LinearOffsets at, float* slices,
    int sliceLength, int share, const Step* steps, Progress* progress, int classes, const float* losses, const int* corrects) {
  __shared__ union __align__(16) {
    Staged<120, 32> of1;
    Staged<88, 40> of2;
    Staged<TILE3, 88> of3;
    LossSums losses[WARPS];
  } s;
  const int count = steps[progress->step].count;
  const int from = min((int) blockIdx.y * share, count);
  const int to = min(from + share, count);
  float* slice = slices + (size_t) blockIdx.y * sliceLength;
  int tile = blockIdx.x;
  if (tile < TILES1) {
    linear_gradient<120, 32, true>(s.of1, saved.dz1, saved.a2, slice + at.fc1Weight, slice + at.fc1Bias, HIDDEN1, SIZE2, tile, from, to);
    return;
  }
  tile -= TILES1;
  if (tile < TILES2) {
    linear_gradient<88, 40, true>(s.of2, saved.dz2, saved.h1, slice + at.fc2Weight, slice + at.fc2Bias, HIDDEN2, HIDDEN1, tile, from, to);
    return;
  }
  tile -= TILES2;
  if (tile < (classes + TILE3 - 1) / TILE3) {
    linear_gradient<TILE3, 88, false>(s.of3, saved.dz3, saved.h2, slice + at.fc3Weight, slice + at.fc3Bias, classes, HIDDEN2, tile, from,
        to);
  } else if (blockIdx.y == 0) {
    add_losses<THREADS>(s.losses, losses, corrects, count, progress);
  }
}
