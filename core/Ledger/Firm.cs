using System.Runtime.InteropServices;
using HftEngine.Schemas;

namespace HftEngine.Core.Ledger;

/// <summary>A firm's row.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct Firm
{
    [FieldOffset(0)]
    public Symbol Name;

    /// <summary>1 = defined; one that is not is Live.</summary>
    [FieldOffset(24)]
    public byte Defined;

    [FieldOffset(25)]
    public Schemas.Environment Environment;

    /// <summary>1 = an account was opened for it, so its environment can no longer change.</summary>
    [FieldOffset(26)]
    public byte HasAccounts;
}
