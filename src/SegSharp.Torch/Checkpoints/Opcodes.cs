namespace SegSharp.Torch.Checkpoints;

/// <summary>Names of the pickle opcodes that no checkpoint needs, for the error that refuses them.</summary>
/// <remarks>Source: Python's pickletools.opcodes.</remarks>
internal static class Opcodes
{
    public static readonly IReadOnlyDictionary<byte, string> Names = new Dictionary<byte, string>
    {
        [(byte)'I'] = "INT",
        [(byte)'L'] = "LONG",
        [(byte)'F'] = "FLOAT",
        [(byte)'V'] = "UNICODE",
        [(byte)'g'] = "GET",
        [(byte)'p'] = "PUT",
        [(byte)'P'] = "PERSID",
        [(byte)'i'] = "INST",
        [(byte)'o'] = "OBJ",
        [0x82] = "EXT1",
        [0x83] = "EXT2",
        [0x84] = "EXT4",
        [0x92] = "NEWOBJ_EX",
        [0x97] = "NEXT_BUFFER",
        [0x98] = "READONLY_BUFFER",
    };
}
