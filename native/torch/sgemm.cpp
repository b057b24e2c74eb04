// Single precision matrix products for a libtorch that calls the reference BLAS.
//
// Debian's libtorch_cpu takes sgemm_ from libblas.so.3, by default the reference implementation: 40 to 80 times slower than
// the oneDNN that libtorch has in memory anyway. The bridge exports sgemm_ itself. It is loaded before libtorch, which comes as
// its dependency, so the dynamic linker binds libtorch's calls to it. They go on to oneDNN's dnnl_sgemm when the BLAS behind
// is the reference one (or the switch says so), and otherwise to that BLAS. A libtorch that carries its own BLAS never calls here.
#include "sgemm.h"
#include "environment_variables.h"
#include "error.h"
#include "segsharp_torch.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>

namespace segsharp::sgemm {
namespace {

using DnnlSgemm = int (*)(char, char, int64_t, int64_t, int64_t, float, const float*, int64_t, const float*, int64_t, float, float*, int64_t);
using BlasSgemm = void (*)(const char*, const char*, const int*, const int*, const int*, const float*, const float*, const int*,
    const float*, const int*, const float*, float*, const int*);

void* loaded_onednn()
{
    for (const char* name : {"libdnnl.so.2", "libdnnl.so.3", "libdnnl.so.1"}) {
        if (void* library = dlopen(name, RTLD_LAZY | RTLD_NOLOAD)) return library;
    }
    return nullptr;
}

std::string path_of(void* symbol)
{
    Dl_info info{};
    if (symbol == nullptr || dladdr(symbol, &info) == 0 || info.dli_fname == nullptr) return {};
    char* real = realpath(info.dli_fname, nullptr);
    std::string path = real != nullptr ? real : info.dli_fname;
    std::free(real);
    return path;
}

struct Libraries {
    BlasSgemm blas = nullptr;
    std::string blas_path;
    bool reference = false;
    DnnlSgemm onednn = nullptr;
    std::string onednn_version;
    std::atomic<bool> on{false};

    Libraries()
    {
        // The next sgemm_ after the bridge's own, in the order in which the linker looks.
        blas = reinterpret_cast<BlasSgemm>(dlsym(RTLD_NEXT, "sgemm_"));
        if (blas == nullptr) {
            if (void* library = dlopen("libblas.so.3", RTLD_LAZY)) blas = reinterpret_cast<BlasSgemm>(dlsym(library, "sgemm_"));
        }
        blas_path = path_of(reinterpret_cast<void*>(blas));
        reference = !blas_path.empty() && !is_optimized(blas_path);

        if (void* library = loaded_onednn()) {
            onednn = reinterpret_cast<DnnlSgemm>(dlsym(library, "dnnl_sgemm"));
            struct Version { int major, minor, patch; const char* hash; unsigned cpu, gpu; };
            if (auto version = reinterpret_cast<const Version* (*)()>(dlsym(library, "dnnl_version"))) {
                const auto* v = version();
                onednn_version = std::to_string(v->major) + '.' + std::to_string(v->minor) + '.' + std::to_string(v->patch);
            }
        }
        on = onednn != nullptr && reference && environment_variable("SEGSHARP_SGEMM", 1) != 0;
    }

    /// The optimised libraries that may stand behind libblas.so.3 each export a name of their own.
    static bool is_optimized(const std::string& path)
    {
        void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
        if (library == nullptr) return false;
        for (const char* name : {"openblas_get_config", "bli_info_get_version_str", "MKL_Get_Version", "mkl_get_version",
                 "MKL_Get_Version_String", "ATL_buildinfo", "flexiblas_get_version", "armpl_mallinfo", "nvpl_blas_get_version"}) {
            if (dlsym(library, name) != nullptr) return true;
        }
        return false;
    }
};

Libraries& libraries()
{
    static Libraries& found = *new Libraries();
    return found;
}

std::atomic<int64_t> call_count{0};

/// Transposition in oneDNN's letters: real matrices know no conjugate.
char plain(char letter)
{
    return letter == 'C' || letter == 'c' ? 'T' : letter;
}

}  // namespace

bool is_on() { return libraries().on; }

void use(bool on)
{
    if (on && !is_possible()) throw ArgumentError("sg_set_switch: sgemm cannot be switched on, libtorch has no oneDNN as a shared library");
    libraries().on = on;
}

int64_t calls() { return call_count; }
void reset_calls() { call_count = 0; }
std::string blas_path() { return libraries().blas_path; }
bool blas_is_reference() { return libraries().reference; }
bool is_possible() { return libraries().onednn != nullptr; }
std::string onednn_version() { return libraries().onednn_version; }

}  // namespace segsharp::sgemm

extern "C" SG_API void sgemm_(const char* transpose_a, const char* transpose_b, const int* m, const int* n, const int* k,
    const float* alpha, const float* a, const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc)
{
    using namespace segsharp::sgemm;
    auto& found = libraries();
    if (found.on.load(std::memory_order_relaxed) && *m > 0 && *n > 0 && *k > 0) {
        // BLAS is column-major, oneDNN row-major: the same memory, with the two factors exchanged.
        int status = found.onednn(plain(*transpose_b), plain(*transpose_a), *n, *m, *k, *alpha, b, *ldb, a, *lda, *beta, c, *ldc);
        if (status == 0) {
            call_count.fetch_add(1, std::memory_order_relaxed);
            return;
        }
    }
    found.blas(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
