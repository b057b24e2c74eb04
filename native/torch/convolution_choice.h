// Which algorithm computes a convolution: shared by segsharp::conv and segsharp::conv_block.
#pragma once

#include "convolution_onednn.h"

namespace segsharp::convolution {

/// Dense fp32 on the CPU with at least one element.
bool is_dense_fp32(const at::Tensor& t);
bool is_channels_last(const at::Tensor& t);
/// The tensor, or a copy when its elements overlap or leave gaps, which oneDNN does not take.
at::Tensor dense(const at::Tensor& t);

/// The plan by which oneDNN shall compute this convolution, with `shape.algorithm` set; null for libtorch's own way.
std::shared_ptr<onednn::Plan> choose(onednn::Shape& shape);

/// The same for a chain in blocked layout, where oneDNN is asked in any case.
std::shared_ptr<onednn::Plan> choose_blocked(onednn::Shape& shape);

}  // namespace segsharp::convolution
