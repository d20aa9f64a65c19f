using System.Runtime.CompilerServices;
using HftEngine.Core.Ledger;

namespace HftEngine.Core.Risk;

/// <summary>
/// The narrow face between matching and money: hold at entry, release on cancel, settle on a fill. Matching knows
/// balances by slot only; what stands behind a hold can grow without touching it.
/// </summary>
internal readonly unsafe struct Holds(Balance* rows)
{
    private readonly Balance* _balances = rows;

    /// <summary>Moves <paramref name="amount"/> ≥ 0 from available to held; false, and nothing moved, when it is not there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryHold(uint slot, long amount)
    {
        ref Balance balance = ref _balances[slot];
        if (balance.Available < amount)
        {
            return false;
        }

        balance.Available -= amount;
        balance.Held += amount;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Release(uint slot, long amount)
    {
        ref Balance balance = ref _balances[slot];
        balance.Held -= amount;
        balance.Available += amount;
        Invariant.Require(balance.Held >= 0);
    }

    /// <summary>
    /// One side of a fill in one currency: <paramref name="unhold"/> leaves the hold and <paramref name="change"/> is added
    /// to what is available then.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Settle(uint slot, long unhold, long change)
    {
        ref Balance balance = ref _balances[slot];
        balance.Held -= unhold;
        balance.Available += unhold + change;

        // One branch for both: a hold that was too small, or a sum beyond 63 bits, shows as a sign.
        Invariant.Require((balance.Held | balance.Available) >= 0);
    }
}
