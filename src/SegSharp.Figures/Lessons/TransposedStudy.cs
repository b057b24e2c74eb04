namespace SegSharp.Figures.Lessons;

/// <summary>A transposed convolution step by step, in whole numbers: zeros between the elements, zeros around, and a plain convolution with the kernel turned by 180°.</summary>
/// <remarks>Source: Dumoulin and Visin 2016, section 4. PyTorch's padding p and the padding P around the interlaced map: P = (k − 1) − p.</remarks>
/// <param name="input">Rows of the same length.</param>
/// <param name="kernel">A square.</param>
/// <param name="stride">Factor by which the sides grow, 1 or more.</param>
/// <param name="around">P: zeros around the interlaced map, 0 or more.</param>
public sealed class TransposedStudy(int[,] input, int[,] kernel, int stride = 2, int around = 0)
{
    /// <summary>What comes in.</summary>
    public int[,] Input => input;

    /// <summary>The kernel as a layer stores it.</summary>
    public int[,] Kernel => kernel;

    /// <summary>Zeros around the interlaced map.</summary>
    public int Around => around;

    /// <summary>Factor by which the sides grow.</summary>
    public int Stride => stride;

    /// <summary>PyTorch's name for the same padding.</summary>
    public int TorchPadding => kernel.GetLength(0) - 1 - around;

    /// <summary>The course's animation: 5×5, a cross and its diagonals, stride 2, nothing around.</summary>
    public static TransposedStudy Course { get; } = new(
        new[,] { { 7, 4, 8, 5, 7 }, { 3, 7, 8, 5, 4 }, { 8, 8, 3, 6, 5 }, { 2, 8, 6, 2, 5 }, { 1, 6, 9, 1, 3 } },
        new[,] { { 1, 0, 1 }, { 0, 1, 0 }, { 1, 0, 1 } });

    /// <summary>The same with a kernel that is not its own mirror image.</summary>
    public static TransposedStudy Asymmetric { get; } = new(Course.Input, new[,] { { 1, 2, 0 }, { 0, 1, 0 }, { 0, 0, 3 } });

    /// <summary>The input with stride − 1 zeros between its elements and zeros around.</summary>
    public int[,] Interlaced()
    {
        var (rows, columns) = (input.GetLength(0), input.GetLength(1));
        var map = new int[((rows - 1) * stride) + 1 + (2 * around), ((columns - 1) * stride) + 1 + (2 * around)];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                map[around + (r * stride), around + (c * stride)] = input[r, c];
            }
        }

        return map;
    }

    /// <summary>The kernel turned by 180°.</summary>
    public int[,] Turned()
    {
        var k = kernel.GetLength(0);
        var turned = new int[k, k];
        for (var i = 0; i < k * k; i++)
        {
            turned[i / k, i % k] = kernel[k - 1 - (i / k), k - 1 - (i % k)];
        }

        return turned;
    }

    /// <summary>What comes out: at every place the sum of the products of the interlaced map with the turned kernel.</summary>
    /// <param name="turn">False: with the kernel as it is stored, the slip that a symmetric kernel hides.</param>
    public int[,] Output(bool turn = true)
    {
        var (map, weights, k) = (Interlaced(), turn ? Turned() : kernel, kernel.GetLength(0));
        var output = new int[map.GetLength(0) - k + 1, map.GetLength(1) - k + 1];
        for (var r = 0; r < output.GetLength(0); r++)
        {
            for (var c = 0; c < output.GetLength(1); c++)
            {
                for (var i = 0; i < k * k; i++)
                {
                    output[r, c] += map[r + (i / k), c + (i % k)] * weights[i / k, i % k];
                }
            }
        }

        return output;
    }

    /// <summary>How many kernel elements fall on every place of the output of PyTorch's padding 0: what makes a checkerboard where they differ.</summary>
    /// <param name="side">Side of the input.</param>
    /// <param name="kernel">Side of the kernel.</param>
    /// <param name="stride">Factor.</param>
    /// <returns>Along one axis; a map has the products of two.</returns>
    public static int[] Counts(int side, int kernel, int stride)
    {
        var counts = new int[((side - 1) * stride) + kernel];
        for (var i = 0; i < side; i++)
        {
            for (var j = 0; j < kernel; j++)
            {
                counts[(i * stride) + j]++;
            }
        }

        return counts;
    }

    /// <summary>Rows of a map as one line: "21 0 27/0 7 0".</summary>
    public static string Text(int[,] map) => string.Join('/', Enumerable.Range(0, map.GetLength(0)).Select(r => string.Join(' ', Enumerable.Range(0, map.GetLength(1)).Select(c => map[r, c]))));
}
