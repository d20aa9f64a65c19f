using HftEngine.Core;
using HftEngine.Core.Readers;

namespace HftEngine.Journal;

/// <summary>
/// What the log reads of an event frame: its length, and where its envelope says that it belongs.
/// </summary>
internal readonly unsafe struct EventFrame(byte* frame)
{
    /// <summary>Frame header (8), message header (8), event envelope (72), rounded up.</summary>
    public const int LeastBytes = 96;

    public int Bytes => *(int*)frame;

    public ushort Kind => *(ushort*)(frame + 4);

    public uint Epoch => *(uint*)(frame + 16);

    public bool IsLastOfCommand => (*(ushort*)(frame + 22) & 1) != 0;

    public ulong Sequence => *(ulong*)(frame + 24);

    public uint Index => *(uint*)(frame + 72);

    public EventPosition Position => new(Epoch, Sequence, Index);

    public static bool IsWhole(byte* frame, long available)
    {
        if (available < EventStream.FrameAlignment)
        {
            return false;
        }

        int bytes = *(int*)frame;
        return bytes >= LeastBytes && bytes % EventStream.FrameAlignment == 0 && bytes <= available;
    }
}
