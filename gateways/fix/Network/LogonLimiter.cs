using System.Collections.Generic;
using System.Net;

namespace HftEngine.Fix.Network;

/// <summary>
/// Most connections per interval that one address may open. Counts in fixed windows, in bounded memory.
/// </summary>
internal sealed class LogonLimiter(int perInterval, long intervalNs)
{
    private const int MaxAddresses = 65_536;

    private readonly Dictionary<IPAddress, int> _attempts = [];
    private long _windowNs;

    public bool TryTake(IPAddress address, long nowNs)
    {
        if (nowNs - _windowNs >= intervalNs || _attempts.Count >= MaxAddresses)
        {
            _attempts.Clear();
            _windowNs = nowNs;
        }

        int attempts = _attempts.GetValueOrDefault(address) + 1;
        _attempts[address] = attempts;
        return attempts <= perInterval;
    }
}
