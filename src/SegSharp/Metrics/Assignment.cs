namespace SegSharp.Metrics;

/// <summary>Pairs rows with columns so that the sum of the costs is least (the Hungarian problem).</summary>
/// <remarks>Source: Jonker and Volgenant 1987, shortest augmenting paths; O(n³). Parity: <c>scipy.optimize.linear_sum_assignment</c>, the sum of the costs.</remarks>
public static class Assignment
{
    /// <summary>The column of every row; −1 where there are fewer columns than rows and a row stays alone.</summary>
    /// <param name="costs">[row, column], finite.</param>
    public static int[] Least(double[,] costs)
    {
        var (rows, columns) = (costs.GetLength(0), costs.GetLength(1));
        var isTall = rows > columns;
        double Cost(int i, int j) => isTall ? costs[j, i] : costs[i, j];
        var paired = Wide(Math.Min(rows, columns), Math.Max(rows, columns), Cost);
        if (!isTall)
        {
            return paired;
        }

        var result = new int[rows];
        Array.Fill(result, -1);
        for (var column = 0; column < columns; column++)
        {
            result[paired[column]] = column;
        }

        return result;
    }

    private static int[] Wide(int rows, int columns, Func<int, int, double> cost)
    {
        // Numbered from 1; column 0 stands for the row that looks for a partner.
        var (u, v) = (new double[rows + 1], new double[columns + 1]);
        var (rowOf, before) = (new int[columns + 1], new int[columns + 1]);
        for (var row = 1; row <= rows; row++)
        {
            rowOf[0] = row;
            var least = new double[columns + 1];
            Array.Fill(least, double.PositiveInfinity);
            var seen = new bool[columns + 1];
            var at = 0;
            do
            {
                seen[at] = true;
                var (delta, next) = (double.PositiveInfinity, 0);
                for (var j = 1; j <= columns; j++)
                {
                    if (seen[j])
                    {
                        continue;
                    }

                    var reduced = cost(rowOf[at] - 1, j - 1) - u[rowOf[at]] - v[j];
                    if (reduced < least[j])
                    {
                        (least[j], before[j]) = (reduced, at);
                    }

                    if (least[j] < delta)
                    {
                        (delta, next) = (least[j], j);
                    }
                }

                for (var j = 0; j <= columns; j++)
                {
                    if (seen[j])
                    {
                        u[rowOf[j]] += delta;
                        v[j] -= delta;
                    }
                    else
                    {
                        least[j] -= delta;
                    }
                }

                at = next;
            }
            while (rowOf[at] != 0);

            while (at != 0)
            {
                rowOf[at] = rowOf[before[at]];
                at = before[at];
            }
        }

        var result = new int[rows];
        for (var j = 1; j <= columns; j++)
        {
            if (rowOf[j] != 0)
            {
                result[rowOf[j] - 1] = j - 1;
            }
        }

        return result;
    }
}
