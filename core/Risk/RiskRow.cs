using System.Runtime.InteropServices;
using HftEngine.Schemas;

namespace HftEngine.Core.Risk;

/// <summary>What is limited for one session, account, group, firm, instrument or the venue, and what it has used of it.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct RiskRow
{
    public const int SizeBytes = 64;

    [FieldOffset(0)]
    public RiskFlags Flags;

    [FieldOffset(4)]
    public RiskLevel Level;

    [FieldOffset(8)]
    public uint TargetId;
}
