// What the bridge runs on, as a JSON object.
#include "compatibility.h"
#include "convolution.h"
#include "error.h"
#include "segsharp_torch.h"
#include "sgemm.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/cuda.h>

#include <sstream>
#include <string>

namespace segsharp {
namespace {

std::string quoted(const std::string& text)
{
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return out + '"';
}

/// The value of "CPU capability usage: AVX2" in libtorch's own description of its build.
std::string cpu_capability()
{
    std::string text = at::show_config();
    const std::string key = "CPU capability usage: ";
    auto at = text.find(key);
    if (at == std::string::npos) return "unknown";
    at += key.size();
    return text.substr(at, text.find_first_of("\r\n", at) - at);
}

std::string blas()
{
    if (at::hasMKL()) return "MKL";
    auto path = sgemm::blas_path();
    return path.empty() ? "built into libtorch" : path;
}

std::string sgemm_state()
{
    if (sgemm::is_on()) return "interposed via oneDNN";
    if (at::hasMKL() || sgemm::blas_path().empty()) return "libtorch's own";
    return sgemm::blas_is_reference() ? "reference BLAS (slow)" : "optimised BLAS";
}

std::string description()
{
    std::ostringstream out;
    out << "{\"libtorch\":" << quoted(TORCH_VERSION) << ",\"abi\":" << SG_ABI_VERSION;
    int cuda = sg_cuda_count();
    out << ",\"cuda\":" << (cuda > 0 ? "true" : "false") << ",\"cudaDevices\":[";
    for (int k = 0; k < cuda; ++k) out << (k > 0 ? "," : "") << "\"cuda:" << k << '"';
    out << "],\"blas\":" << quoted(blas()) << ",\"sgemm\":" << quoted(sgemm_state());
    auto onednn = sgemm::onednn_version();
    out << ",\"onednn\":" << quoted(!onednn.empty() ? onednn : at::globalContext().hasMKLDNN() ? "built into libtorch" : "none");
    out << ",\"winograd\":" << (convolution::winograd_is_possible() ? "true" : "false");
    out << ",\"cpuCapability\":" << quoted(cpu_capability()) << ",\"threads\":" << at::get_num_threads() << '}';
    return out.str();
}

}  // namespace
}  // namespace segsharp

int32_t sg_about(char* utf8, int32_t capacity, int32_t* length)
{
    return segsharp::guarded([&] { segsharp::copy_text(segsharp::description(), utf8, capacity, length, "sg_about"); });
}
