namespace SegSharp.Figures.Lessons;

/// <summary>Files with gaps: they compile as they are, and the check says that nothing is written yet.</summary>
internal static class Skeletons
{
    private const string Head = """
        // A layer of a kernel of 3 that keeps the size:   Child("name", new Conv(2, inChannels, outChannels))
        // kernel 1:                                       Child("name", new Conv(2, inChannels, outChannels, kernel: 1))
        // batch normalisation, ReLU, pooling:             Child("name", new BatchNorm(channels)), new Relu(), new MaxPool(2)
        // a transposed convolution that doubles:          Child("name", new ConvTranspose(2, inChannels, outChannels))
        // channels of both, one behind the other:         Tensor.Cat(axis: 1, x, skip)
        // What is registered by Child or Parameter is learnt; everything else is forgotten by the optimizer.

        """;

    private const string InputBlock = """
        /// <summary>[N, in, H, W] → [N, out, H, W]: twice convolution, batch normalisation, ReLU.</summary>
        public sealed class InputBlock : Module
        {
            public InputBlock(int inChannels, int outChannels)
            {
                // TODO: six layers
            }

            public (Tensor X, Tensor Skip) Forward(Tensor image) => throw new NotImplementedException();
        }
        """;

    private const string DownsamplingBlock = """
        /// <summary>[N, C, H, W] → [N, 2C, H/2, W/2]: pooling, then twice convolution, batch normalisation, ReLU.</summary>
        public sealed class DownsamplingBlock : Module
        {
            public DownsamplingBlock(int channels)
            {
                // TODO: layers
            }

            public (Tensor X, Tensor Skip) Forward(Tensor x) => throw new NotImplementedException();
        }
        """;

    private const string BottleneckBlock = """
        /// <summary>[N, C, H, W] → [N, 2C, H/2, W/2] → [N, C, H, W]: pooling, twice convolution, batch normalisation, ReLU, then a transposed convolution with both too.</summary>
        public sealed class BottleneckBlock : Module
        {
            public BottleneckBlock(int channels)
            {
                // TODO: layers
            }

            public Tensor Forward(Tensor x) => throw new NotImplementedException();
        }
        """;

    private const string UpsamplingBlock = """
        /// <summary>x and skip [N, C, H, W] → [N, C/2, 2H, 2W]: concatenation, twice convolution, batch normalisation, ReLU, then a transposed convolution with both too.</summary>
        public sealed class UpsamplingBlock : Module
        {
            public UpsamplingBlock(int channels)
            {
                // TODO: layers
            }

            public Tensor Forward(Tensor x, Tensor skip) => throw new NotImplementedException();
        }
        """;

    private const string OutputBlock = """
        /// <summary>x and skip [N, C, H, W] → logits [N, classes, H, W]: concatenation, twice convolution, batch normalisation, ReLU, then a 1×1 convolution.</summary>
        public sealed class OutputBlock : Module
        {
            public OutputBlock(int channels, int classes)
            {
                // TODO: layers
            }

            public Tensor Forward(Tensor x, Tensor skip) => throw new NotImplementedException();
        }
        """;

    private const string PathClasses = """
        /// <summary>An input block, then numBlocks downsampling blocks. Skips from fine to coarse; X is the last of them.</summary>
        public sealed class DownsamplingPath : Module
        {
            public DownsamplingPath(int inChannels, int baseChannels, int numBlocks)
            {
                // TODO: Children("blocks", …) registers many
            }

            public (Tensor X, IReadOnlyList<Tensor> Skips) Forward(Tensor image) => throw new NotImplementedException();
        }

        /// <summary>numBlocks upsampling blocks, then the output block. x has as many channels as the coarsest skip.</summary>
        public sealed class UpsamplingPath : Module
        {
            public UpsamplingPath(int baseChannels, int numBlocks, int classes)
            {
                // TODO
            }

            public Tensor Forward(Tensor x, IReadOnlyList<Tensor> skips) => throw new NotImplementedException();
        }
        """;

    private const string WholeNetwork = """
        /// <summary>[N, in, H, W] → logits [N, classes, H, W]; sides are multiples of 2^(numBlocks + 1).</summary>
        public sealed class BasicUNet : Module
        {
            public BasicUNet(int inChannels, int classes, int baseChannels, int numBlocks)
            {
                // TODO: three parts, then the first weights:
                // Initialise.KaimingNormal(weight, fan: Fan.Out) for every convolution, Initialise.Constant(bias, 0)
            }

            public Tensor Forward(Tensor image) => throw new NotImplementedException();
        }
        """;

    public static string Kings { get; } = Head + """

        /// <summary>[N, in, H, W] → logits [N, classes, H, W]; sides are multiples of 8.</summary>
        public sealed class KingsUNet : Module
        {
            public KingsUNet(int inChannels, int classes)
            {
                // TODO: conv1_down (8), conv2_down (16), conv3_down (32), conv4 (32), conv3_up (16), conv2_up (8), conv1_up (classes): register them by these names
            }

            // Down: convolution, ReLU, average pooling (new AveragePool(2)).
            // Up: new Upsample(2, Interpolation.Linear, alignCorners: true), then Tensor.Cat(axis: 1, below, skip), convolution, ReLU; no ReLU behind the last.
            public Tensor Forward(Tensor image) => throw new NotImplementedException();
        }

        """;

    public static string Paths { get; } = Join(InputBlock, DownsamplingBlock, UpsamplingBlock, OutputBlock, PathClasses);

    public static string BasicUNet { get; } = Join(InputBlock, DownsamplingBlock, BottleneckBlock, UpsamplingBlock, OutputBlock, PathClasses, WholeNetwork);

    public static string Practical { get; } = Head + """

        /// <summary>[N, in, H, W] → the skip [N, filters, H, W] and, pooled, [N, filters, H/2, W/2]: two convolutions of 3×3 with ReLU.</summary>
        public sealed class DownConvBlock : Module
        {
            public DownConvBlock(int inChannels, int filters)
            {
                // TODO: layers
            }

            public (Tensor Pooled, Tensor Skip) Forward(Tensor x) => throw new NotImplementedException();
        }

        /// <summary>below [N, in, H, W] and skip [N, filters, 2H, 2W] → [N, filters, 2H, 2W].</summary>
        public sealed class UpConvBlock : Module
        {
            public UpConvBlock(int inChannels, int filters)
            {
                // TODO: new Upsample(2, Interpolation.Nearest); a convolution of 2×2: new Conv(2, inChannels, filters, kernel: 2, padding: 0),
                // which needs one more row and column: x.Pad([0, 1, 0, 1]); two convolutions of 3×3 on twice the filters, each with ReLU
            }

            public Tensor Forward(Tensor below, Tensor skip) => throw new NotImplementedException();
        }

        """;

    public static string Transposed { get; } = """
        /// <summary>A transposed convolution in whole numbers.</summary>
        public static class Transposed
        {
            /// <param name="input">Rows and columns.</param>
            /// <param name="kernel">A square, as a layer stores it.</param>
            /// <param name="stride">stride − 1 zeros are put between the elements of the input.</param>
            /// <param name="around">Zeros around the interlaced map.</param>
            public static int[,] Output(int[,] input, int[,] kernel, int stride, int around)
            {
                // TODO
                throw new NotImplementedException();
            }
        }

        """;

    public static string Losses { get; } = """
        /// <summary>Losses by hand; every method takes logits and a truth of 0 and 1, of the same length.</summary>
        public static class Losses
        {
            public static double BinaryCrossEntropy(double[] logits, double[] truth, double positiveWeight) => throw new NotImplementedException();

            /// <summary>1 − (2 Σ p·t + ε) / (Σ p + Σ t + ε).</summary>
            public static double Dice(double[] logits, double[] truth, double epsilon) => throw new NotImplementedException();

            /// <summary>The mean of −(1 − p_t)^γ · ln p_t.</summary>
            public static double Focal(double[] logits, double[] truth, double gamma) => throw new NotImplementedException();
        }

        """;

    public static string Dice { get; } = """
        /// <summary>The Dice coefficient of two masks.</summary>
        public static class Overlap
        {
            /// <returns>2 |A ∩ B| / (|A| + |B|); 1 where both are empty.</returns>
            public static double Dice(bool[] a, bool[] b) => throw new NotImplementedException();
        }

        """;

    public static string Loop { get; } = """
        /// <summary>One epoch of training.</summary>
        public static class Training
        {
            /// <param name="network">Learns.</param>
            /// <param name="batches">Images [N, C, H, W] with their truth; the last batch may be smaller.</param>
            /// <param name="optimizer">Of the network's parameters: ClearGradients, Step.</param>
            /// <param name="loss">The mean loss of a batch, from logits and truth: Backward() of it gives gradients, Item() a number.</param>
            /// <returns>The mean loss of all pictures.</returns>
            public static double Epoch(Layer network, IReadOnlyList<(Tensor Image, Tensor Truth)> batches, Optimizer optimizer, Func<Tensor, Tensor, Tensor> loss)
            {
                // TODO: training mode; for every batch: clear, forward, loss, backward, step; then the mean
                throw new NotImplementedException();
            }
        }

        """;

    /// <summary>The skeleton of one block.</summary>
    public static string Block(string name) => Join(name switch
    {
        "InputBlock" => InputBlock,
        "DownsamplingBlock" => DownsamplingBlock,
        "BottleneckBlock" => BottleneckBlock,
        "UpsamplingBlock" => UpsamplingBlock,
        _ => OutputBlock,
    });

    private static string Join(params string[] classes) => $"{Head}\n{string.Join("\n\n", classes)}\n";
}
