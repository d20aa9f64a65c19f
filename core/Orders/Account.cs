using System;
using System.Runtime.InteropServices;
using HftEngine.Core.Risk;
using HftEngine.Schemas;

namespace HftEngine.Core.Orders;

/// <summary>What margin has to do with an account, as bits in a line that every order loads.</summary>
[Flags]
internal enum AccountMargin : byte
{
    None = 0,

    /// <summary>It has or had positions on margin: what it spends has to leave its margin covered.</summary>
    OnMargin = 1,

    /// <summary>It is liquidated and enters nothing.</summary>
    Liquidating = 2,
}

/// <summary>An account's row: one cache line.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct Account
{
    [FieldOffset(0)]
    public uint FirmId;

    /// <summary>1 = open.</summary>
    [FieldOffset(4)]
    public byte Open;

    [FieldOffset(5)]
    public Schemas.Environment Environment;

    [FieldOffset(6)]
    public AccountKind Kind;

    /// <summary>How many client order ids were remembered for it; its window is a ring over this count.</summary>
    [FieldOffset(8)]
    public ulong RememberedIds;

    /// <summary>First of its owners, see <see cref="OwnerLists"/>.</summary>
    [FieldOffset(16)]
    public uint FirstOwner;

    /// <summary>Its ids that left the window while their orders rest.</summary>
    [FieldOffset(20)]
    public uint OutlivedIds;

    /// <summary>Zero: no check concerns this account alone. Read as one word, made of the two below.</summary>
    [FieldOffset(48)]
    public ulong Risk;

    /// <summary>Its row among the limits; 0 = none.</summary>
    [FieldOffset(48)]
    public uint RiskRow;

    [FieldOffset(52)]
    public RiskFlags RiskFlags;

    /// <summary>Its row of volumes; 0 = none.</summary>
    [FieldOffset(56)]
    public uint VolumeRow;

    /// <summary>Fees and limits go by it.</summary>
    [FieldOffset(24)]
    public ushort GroupId;

    [FieldOffset(26)]
    public PositionMode PositionMode;

    [FieldOffset(27)]
    public MarginMode MarginMode;

    /// <summary>Nothing set: no margin concerns it.</summary>
    [FieldOffset(32)]
    public AccountMargin Margin;

    /// <summary>The youngest of its positions; 0 = none.</summary>
    [FieldOffset(28)]
    public uint FirstPosition;
}

/// <summary>A session's row.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct Session
{
    /// <summary>Highest sessionSequence seen.</summary>
    [FieldOffset(0)]
    public ulong LastSequence;

    [FieldOffset(8)]
    public uint FirstOwner;

    [FieldOffset(12)]
    public ushort GatewayId;

    [FieldOffset(14)]
    public DisconnectPolicy Policy;

    /// <summary>1 = open.</summary>
    [FieldOffset(15)]
    public byte Open;

    /// <summary>1 = was open once; its row is part of the state.</summary>
    [FieldOffset(16)]
    public byte Known;

    /// <summary>Zero: no check concerns this session alone. Read as one word, made of the two below.</summary>
    [FieldOffset(32)]
    public ulong Risk;

    /// <summary>Its row among the limits; 0 = none.</summary>
    [FieldOffset(32)]
    public uint RiskRow;

    [FieldOffset(36)]
    public RiskFlags RiskFlags;
}
