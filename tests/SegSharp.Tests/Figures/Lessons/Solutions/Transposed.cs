public static class Transposed
{
    public static int[,] Output(int[,] input, int[,] kernel, int stride, int around)
    {
        int rows = input.GetLength(0), columns = input.GetLength(1), k = kernel.GetLength(0);
        var map = new int[((rows - 1) * stride) + 1 + (2 * around), ((columns - 1) * stride) + 1 + (2 * around)];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                map[around + (r * stride), around + (c * stride)] = input[r, c];
            }
        }

        var output = new int[map.GetLength(0) - k + 1, map.GetLength(1) - k + 1];
        for (var r = 0; r < output.GetLength(0); r++)
        {
            for (var c = 0; c < output.GetLength(1); c++)
            {
                for (var i = 0; i < k; i++)
                {
                    for (var j = 0; j < k; j++)
                    {
                        output[r, c] += map[r + i, c + j] * kernel[k - 1 - i, k - 1 - j];
                    }
                }
            }
        }

        return output;
    }
}
