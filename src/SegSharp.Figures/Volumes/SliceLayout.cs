using SegSharp.Imaging;

namespace SegSharp.Figures.Volumes;

/// <summary>How a plane lies in a grid: which voxel axes run along the picture's rows and columns, and whether they are turned round.</summary>
internal sealed class SliceLayout
{
    private const string Sides = "RASLPI";
    private readonly Geometry _grid;
    private readonly int _column, _row;
    private readonly bool _columnTurned, _rowTurned;
    private readonly bool _isBody;

    /// <summary>The layout of a plane.</summary>
    /// <param name="grid">Any grid; the nearest axes count where it is oblique.</param>
    /// <param name="plane">The plane.</param>
    /// <param name="isBody">False for pictures that know no patient: rows and columns stay as they are stored.</param>
    public SliceLayout(Geometry grid, Plane plane, bool isBody)
    {
        (_grid, _isBody) = (grid, isBody);

        // Picture columns run to the patient's left or back, rows to the back or the feet: always against the axes of RAS.
        var (normal, column, row) = plane switch { Plane.Axial => (2, 0, 1), Plane.Coronal => (1, 0, 2), _ => (0, 1, 2) };
        (Normal, _column, _row) = isBody ? (AxisOf(normal), AxisOf(column), AxisOf(row)) : (normal, column, row);
        (_columnTurned, _rowTurned) = (isBody && !grid.Orientation.IsReversed(_column), isBody && !grid.Orientation.IsReversed(_row));
    }

    /// <summary>The voxel axis across the plane.</summary>
    public int Normal { get; }

    /// <summary>Slices there are.</summary>
    public int Slices => Side(Normal);

    /// <summary>Whether the slices' numbers rise to the right, the front or the head.</summary>
    public bool RunsUp => !_isBody || !_grid.Orientation.IsReversed(Normal);

    /// <summary>Millimetres from column to column and from row to row.</summary>
    public (double Column, double Row) Spacing => (_grid.Spacing[_column], _grid.Spacing[_row]);

    /// <summary>The sides of the body at the picture's left, right, top and bottom; null without a body.</summary>
    public SideLetters? Letters => _isBody ? new(First(_column), Last(_column), First(_row), Last(_row)) : null;

    /// <summary>Where a slice lies: "z = 77, S 12.5 mm" – the voxel number from 0, and the side and distance of the slice's centre in the world.</summary>
    public string Place(int index)
    {
        var at = $"{"xyz"[Normal]} = {index}";
        if (!_isBody)
        {
            return Slices == 1 ? "" : at;
        }

        var world = _grid.Orientation.WorldAxis(Normal);
        var mm = Math.Round(Position(index)[world], 1);
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{at}, {Sides[mm < 0 ? world + 3 : world]} {Math.Abs(mm):0.0} mm");
    }

    /// <summary>The angle in degrees between the slice's normal and the body's axis; 0 for straight cuts.</summary>
    public double ObliqueDegrees => _isBody
        ? Math.Acos(Math.Min(1, Math.Abs(_grid.Direction[_column].Cross(_grid.Direction[_row])[_grid.Orientation.WorldAxis(Normal)]))) * 180 / Math.PI
        : 0;

    /// <summary>A slice inside a box: size, start and steps in voxels, as <see cref="VoxelReader"/> takes them.</summary>
    public (int Start, (int Step, int Count) Column, (int Step, int Count) Row) Grid(int index, VoxelBox box)
    {
        int[] strides = [1, _grid.Extent.Width, _grid.Extent.Width * _grid.Extent.Height];
        var (column, row) = ((Step: strides[_column], Count: box.Side(_column)), (Step: strides[_row], Count: box.Side(_row)));
        var start = index * strides[Normal];
        start += column.Step * (_columnTurned ? box.High(_column) : box.Low(_column));
        start += row.Step * (_rowTurned ? box.High(_row) : box.Low(_row));
        return (start, (_columnTurned ? -column.Step : column.Step, column.Count), (_rowTurned ? -row.Step : row.Step, row.Count));
    }

    /// <summary>Where a voxel's centre lies in the picture of a box, in picture pixels from the upper left.</summary>
    public (double X, double Y) At((int X, int Y, int Z) voxel, VoxelBox box)
    {
        int[] at = [voxel.X, voxel.Y, voxel.Z];
        var x = _columnTurned ? box.High(_column) - at[_column] : at[_column] - box.Low(_column);
        var y = _rowTurned ? box.High(_row) - at[_row] : at[_row] - box.Low(_row);
        return (x + 0.5, y + 0.5);
    }

    private Triple Position(int index)
    {
        var at = new double[3];
        for (var axis = 0; axis < 3; axis++)
        {
            at[axis] = axis == Normal ? index : (Side(axis) - 1) / 2.0;
        }

        return _grid.ToWorld.Apply(new Triple(at[0], at[1], at[2]));
    }

    private int Side(int axis) => axis switch { 0 => _grid.Extent.Width, 1 => _grid.Extent.Height, _ => _grid.Extent.Depth };

    private int AxisOf(int world) => Enumerable.Range(0, 3).First(axis => _grid.Orientation.WorldAxis(axis) == world);

    // Pictures always run against the axes of RAS: they begin at the right, the front, the head.
    private char First(int axis) => Sides[_grid.Orientation.WorldAxis(axis)];

    private char Last(int axis) => Sides[_grid.Orientation.WorldAxis(axis) + 3];
}

/// <summary>The sides of the body at the edges of a picture.</summary>
internal sealed record SideLetters(char Left, char Right, char Top, char Bottom);

/// <summary>Some voxels of a grid, both ends counted.</summary>
internal sealed record VoxelBox(int[] Lows, int[] Highs)
{
    public static VoxelBox All(Extent extent) => new([0, 0, 0], [extent.Width - 1, extent.Height - 1, extent.Depth - 1]);

    public int Low(int axis) => Lows[axis];

    public int High(int axis) => Highs[axis];

    public int Side(int axis) => Highs[axis] - Lows[axis] + 1;
}
