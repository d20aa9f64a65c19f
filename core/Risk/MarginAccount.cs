using System;
using System.Runtime.InteropServices;

namespace HftEngine.Core.Risk;

internal enum MarginState : byte
{
    Sound,
    Called,
    Liquidating,
}

/// <summary>When an account is called and liquidated; equity in millionths of the maintenance margin.</summary>
[StructLayout(LayoutKind.Explicit, Size = 12)]
internal struct MarginLevels
{
    [FieldOffset(0)]
    public uint Call;

    [FieldOffset(4)]
    public uint StopOut;

    /// <summary>1 = the insurance fund pays what a liquidation cannot cover.</summary>
    [FieldOffset(8)]
    public byte Protected;

    /// <summary>1 = the account has its own.</summary>
    [FieldOffset(9)]
    public byte Own;
}

/// <summary>Sums over an account's positions as they were last valued, in the reference currency.</summary>
[StructLayout(LayoutKind.Explicit, Size = 80)]
internal struct MarginAccount
{
    [FieldOffset(0)]
    public Int128 Initial;

    [FieldOffset(16)]
    public Int128 Maintenance;

    [FieldOffset(32)]
    public Int128 Unrealised;

    [FieldOffset(48)]
    public MarginLevels Levels;

    /// <summary>The account behind it in the queue of liquidations; 0 = it is the last.</summary>
    [FieldOffset(60)]
    public uint NextInQueue;

    [FieldOffset(64)]
    public MarginState State;
}
