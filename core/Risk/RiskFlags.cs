using System;

namespace HftEngine.Core.Risk;

/// <summary>What beside limits concerns an account, a session or a firm.</summary>
[Flags]
internal enum RiskFlags : uint
{
    None = 0,

    /// <summary>Its kill switch is engaged.</summary>
    Killed = 1,

    /// <summary>Permissions were set for it alone.</summary>
    HasPermissions = 2,
}
