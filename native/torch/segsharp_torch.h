/* SegSharp's bridge to libtorch: a C ABI that can be read in one sitting.
 *
 * Rules
 *  - Every function that can fail returns a status: 0 done, 1 libtorch's own error, 2 another C++ exception, 3 unknown,
 *    4 out of memory, 5 wrong arguments. The message is fetched with sg_error() on the same thread. No C++ exception crosses.
 *  - A tensor handle is an owned reference to a tensor; whoever receives one releases it once with sg_release.
 *    A null handle is the undefined tensor.
 *  - dtype, layout and memory format travel as libtorch's own integers, devices as (type, index): 0 = CPU, 1 = CUDA.
 */
#ifndef SEGSHARP_TORCH_H
#define SEGSHARP_TORCH_H
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SG_API __attribute__((visibility("default")))
#define SG_ABI_VERSION 1

typedef void* sg_tensor;
typedef void* sg_operator;
typedef void* sg_script;
typedef void* sg_named;

enum {
    SG_NONE = 0, SG_TENSOR = 1, SG_INT = 2, SG_DOUBLE = 3, SG_BOOL = 4, SG_STRING = 5, SG_INTS = 6, SG_DOUBLES = 7,
    SG_TENSORS = 8, SG_OPTIONAL_TENSORS = 9, SG_BOOLS = 10, SG_DEVICE = 11, SG_GENERATOR = 12
};

/* One argument or result of an operator; 16 bytes. Lists: `length` items at `pointer`.
   Booleans in lists are bytes. SG_STRING: UTF-8 without terminator, `length` bytes. SG_DEVICE: type in `length`, index in `integer`. */
typedef struct {
    int32_t tag;
    int32_t length;
    union { int64_t integer; double number; void* pointer; };
} sg_argument;

/* ---- about ---- */
SG_API int32_t sg_abi_version(void);
SG_API const char* sg_error(void);
/* A JSON object: libtorch version, BLAS in use, oneDNN version, whether sgemm is interposed, whether Winograd works, CUDA devices, CPU capability. */
SG_API int32_t sg_about(char* utf8, int32_t capacity, int32_t* length);

/* ---- operators by name ---- */
SG_API int32_t sg_find(const char* name, const char* overload, sg_operator* op);
SG_API int32_t sg_schema(sg_operator op, char* utf8, int32_t capacity, int32_t* length);
/* Arguments in schema order; missing trailing ones take the schema's default. Tensor lists in results are flattened.
   Fails before anything is handed out when `capacity` is too small (status 5, *count = what is needed). */
SG_API int32_t sg_call(sg_operator op, const sg_argument* arguments, int32_t n, sg_argument* results, int32_t capacity, int32_t* count);

/* ---- tensors ---- */
SG_API void sg_release(sg_tensor t);
SG_API void sg_release_many(const sg_tensor* t, int32_t n);
SG_API int64_t sg_live_handles(void);                            /* handles given out and not yet released */
SG_API int32_t sg_dtype(sg_tensor t);
SG_API int32_t sg_dimensions(sg_tensor t);
SG_API int64_t sg_element_count(sg_tensor t);
SG_API void sg_sizes(sg_tensor t, int64_t* sizes);
SG_API int32_t sg_strides(sg_tensor t, int64_t* strides);
SG_API void* sg_data(sg_tensor t);                               /* first element; null when there is no CPU storage */
SG_API void sg_device(sg_tensor t, int32_t* type, int32_t* index);
SG_API int32_t sg_is_contiguous(sg_tensor t, int32_t memory_format);
SG_API int32_t sg_empty(const int64_t* sizes, int32_t n, int32_t dtype, int32_t device_type, int32_t device_index, int32_t memory_format, sg_tensor* out);
/* Wraps foreign memory; `deleter(context)` runs once, on any thread, when the last reference goes. */
SG_API int32_t sg_from_memory(void* data, const int64_t* sizes, int32_t n, int32_t dtype, void (*deleter)(void*), void* context, sg_tensor* out);
SG_API int32_t sg_item(sg_tensor t, double* value);              /* one element, as double; waits for the device */

/* ---- autograd ---- */
SG_API int32_t sg_set_requires_grad(sg_tensor t, int32_t on);
SG_API int32_t sg_requires_grad(sg_tensor t);
SG_API int32_t sg_grad(sg_tensor t, sg_tensor* out);             /* a new handle, null when there is none */
SG_API int32_t sg_set_grad(sg_tensor t, sg_tensor grad);         /* null clears */
SG_API int32_t sg_backward(sg_tensor t, sg_tensor grad, int32_t retain_graph);   /* grad may be null for scalars */
SG_API int32_t sg_set_grad_mode(int32_t on);                     /* this thread; returns what it was */
SG_API int32_t sg_set_autocast(int32_t device_type, int32_t on, int32_t dtype);  /* this thread; switching off clears the cast cache */

/* ---- TorchScript: loading and running such a file runs the code inside it, so only where the user trusts it ---- */
SG_API int32_t sg_script_load(const char* path, sg_script* out);             /* on the CPU, in evaluation mode */
SG_API void sg_script_release(sg_script script);
SG_API int32_t sg_script_to(sg_script script, int32_t device_type, int32_t device_index);
SG_API int32_t sg_script_state(sg_script script, sg_named* out);              /* parameters, then buffers */
/* A tensor comes out under the name "", a tuple's or list's under "0", "1", a dictionary's under its keys; one inside another as "low.1". */
SG_API int32_t sg_script_forward(sg_script script, const sg_tensor* inputs, int32_t n, sg_named* out);
SG_API int32_t sg_named_count(sg_named named);
SG_API int32_t sg_named_name(sg_named named, int32_t index, char* utf8, int32_t capacity, int32_t* length);
SG_API int32_t sg_named_tensor(sg_named named, int32_t index, sg_tensor* out);   /* a new handle */
SG_API void sg_named_release(sg_named named);

/* ---- chance, threads, devices ---- */
SG_API int32_t sg_seed(int64_t seed);
SG_API int32_t sg_random_state(sg_tensor* out);                  /* the CPU generator's state: uint8 tensor */
SG_API int32_t sg_set_random_state(sg_tensor state);
SG_API int32_t sg_set_threads(int32_t n);
SG_API int32_t sg_threads(void);
SG_API int32_t sg_cuda_count(void);
SG_API int32_t sg_synchronize(int32_t device_type, int32_t device_index);

/* ---- the accelerations; each has a switch ---- */
/* switches: "sgemm" (0/1; starts at 1 only where libtorch calls the reference BLAS), "winograd" (0 libtorch's own convolutions, 1 auto,
   2 wherever it is possible), "fused_blocks" (0/1), "allocator" (0/1; tensors that exist stay where they are), "cache_megabytes" (cap of
   the allocator's free list). Environment: SEGSHARP_SGEMM, SEGSHARP_WINOGRAD, SEGSHARP_FUSED_BLOCKS, SEGSHARP_ALLOCATOR, SEGSHARP_CACHE_MB.
   For numbers as libtorch's own operators give them, to the bit: "winograd" 0 and "fused_blocks" 0. */
SG_API int32_t sg_set_switch(const char* name, int64_t value);
SG_API int32_t sg_switch(const char* name, int64_t* value);
/* counters: "sgemm_calls", "winograd_calls" (forward, by data and by weights each count), "fused_calls", and of the allocator "live_bytes",
   "peak_bytes", "cached_bytes", "allocations". Resetting "peak_bytes" restarts it at live_bytes; live and cached bytes cannot be reset. */
SG_API int32_t sg_counter(const char* name, int64_t* value);
SG_API int32_t sg_reset_counter(const char* name);
SG_API int32_t sg_empty_cache(void);
/* Own operators are reached through sg_find("segsharp::…"):
     segsharp::conv(Tensor x, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, int groups) -> Tensor
       Winograd where it pays and is possible (fp32, CPU, 3x3, stride 1, padding 1), otherwise conv2d/conv3d; with autograd.
     segsharp::conv_block(Tensor x, Tensor[] weights, Tensor[] biases, Tensor[] gammas, Tensor[] betas, Tensor(a!)[] means,
                          Tensor(b!)[] variances, bool training, float momentum, float eps) -> Tensor
       n times: convolution (stride 1, padding kernel/2, odd kernels), batch normalisation, ReLU; 2D and 3D, with autograd. Lists of n, or
       empty: no biases; no gammas, betas, means and variances = no normalisation. In training the running statistics are moved.
       On the CPU in fp32 with output channels in sixteens it keeps the convolutions' outputs alone and computes the activations
       again for the gradient; else, under autocast, and with "fused_blocks" 0 it is composed of segsharp::conv, batch_norm and relu.
     segsharp::conv_transpose_shuffle(Tensor x, Tensor weight, Tensor? bias) -> Tensor
       up-convolution with kernel = stride = 2 as a 1x1 convolution and a pixel shuffle, in 2D and 3D; with autograd.
     segsharp::adam_(Tensor(a!)[] params, Tensor[] grads, Tensor(b!)[] m, Tensor(c!)[] v, int step, float lr, float beta1, float beta2, float eps, float decay, bool decoupled) -> () */

#ifdef __cplusplus
}
#endif
#endif
