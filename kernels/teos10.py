"""Formulas of TEOS-10 for one observation, to be compiled into the loops that use them.

Salinity, temperature and pressure enter the polynomials scaled: ``x2 = SFAC SA``, ``x = sqrt(x2)``,
``y = temperature / 40 C`` and ``z = pressure / 10^4 dbar``.

References
----------
IAPWS, 2008: Release on the IAPWS formulation 2008 for the thermodynamic properties of seawater (the Gibbs
function). IOC, SCOR and IAPSO, 2010: The international thermodynamic equation of seawater - 2010. UNESCO.
McDougall, T. J., and S. J. Wotherspoon, 2014: A simple modification of Newton's method. Appl. Math. Lett. 29.
Roquet, F., and co-authors, 2015: Accurate polynomial expressions for the density and specific volume of
seawater using the TEOS-10 standard. Ocean Modelling 90.
"""

import math

from kernels.compiled import Array, inlined

SSO = 35.16504
"""Standard Ocean Reference Salinity, g kg-1."""
UPS = SSO / 35.0
"""Absolute over Practical Salinity of the reference composition, g kg-1."""
CP0 = 3991.86795711963
"""Specific heat that defines Conservative Temperature, J kg-1 K-1."""
SFAC = 0.0248826675584615
"""1 / (40 UPS), kg g-1."""
OFFSET = 5.971840214030754e-1
"""SFAC times 24 g kg-1."""

V5, V6 = -1.2647261286e-8, 1.9613503930e-9
"""The last two terms of specific volume, which depend on pressure alone."""

Terms = tuple[float, float, float, float, float, float, float]


@inlined
def ct_from_t(SA: float, t: float, p: float) -> float:
    """Conservative Temperature, degrees Celsius.

    Parameters
    ----------
    SA : Absolute Salinity, g kg-1, not negative.
    t : in situ temperature, ITS-90 degrees Celsius.
    p : sea pressure, dbar.
    """
    x2 = SFAC * SA
    x = math.sqrt(x2)
    return _potential_enthalpy(x2, x, pt0_from_t(SA, t, p) * 0.025) / CP0


@inlined
def pt0_from_t(SA: float, t: float, p: float) -> float:
    """Potential temperature referred to the surface, degrees Celsius; see ``ct_from_t``.

    A polynomial gives a first value, two steps of the modified Newton method the last digits.
    """
    x2 = SFAC * SA
    x = math.sqrt(x2)
    s1 = SA / UPS
    a = 8.65483913395442e-6 - s1 * 1.41636299744881e-6 - p * 7.38286467135737e-9
    b = -8.38241357039698e-6 + s1 * 2.83933368585534e-8 + t * 1.77803965218656e-8 + p * 1.71155619208233e-10
    pt0 = t + p * (a + t * b)
    slope = CP0 / ((273.15 + pt0) * (1.0 - 0.05 * (1.0 - SA / SSO)))
    wanted = _entropy(x2, x, t * 0.025, p * 1e-4)
    for _ in range(2):
        excess = _surface_entropy(x2, x, pt0 * 0.025) - wanted
        middle = pt0 - 0.5 * excess / slope
        slope = -_surface_gibbs_tt(x2, x, middle * 0.025)
        pt0 -= excess / slope
    return pt0


@inlined
def _entropy(x2: float, x: float, y: float, z: float) -> float:
    """Entropy without its terms in salinity alone, J kg-1 K-1: pure water, then salt, by power of y."""
    w0 = z * (-196.51255088122 + z * (28.9796526294175 - z * 2.13290083518327))
    w0 = z * (-270.983805184062 + z * (776.153611613101 + w0))
    w1 = z * (546.959324647056 + z * (-111.1208127634436 + z * 8.68841343834394))
    w1 = -24715.571866078 + z * (2910.0729080936 + z * (-1513.116771538718 + w1))
    w2 = z * (-718.6359919632359 + z * (146.4037555781616 - z * 4.9892131862671505))
    w2 = 2210.2236124548363 + z * (-2017.52334943521 + z * (1498.081172457456 + w2))
    w3 = z * (-1207.261522487504 + z * (608.785486935364 - z * 105.4993508931208))
    w3 = -592.743745734632 + z * (1591.873781627888 + w3)
    w4 = z * (602.603274510125 + z * (-276.361526170076 + z * 32.40953340386105))
    w4 = 290.12956292128547 + z * (-973.091553087975 + w4)
    w5 = z * (381.06836198507096 + z * (-133.7383902842754 + z * 49.023632509086724))
    w5 = -113.90630790850321 + w5
    w6 = 21.35571525415769 - 67.41756835751434 * z
    water = w0 + y * (w1 + y * (w2 + y * (w3 + y * (w4 + y * (w5 + y * w6)))))

    s0 = z * (124.687671116248 + z * (-31.656964386073 + z * 7.04658803315449))
    s0 = z * (729.116529735046 + z * (-343.956902961561 + s0))
    s0 += x * z * (-175.292041186547 + z * (83.1923927801819 - z * 29.483064349429) - x * 22.6683558512829)
    s1 = z * (-356.629112415276 + z * (88.4080716616 - z * 15.84003094423364))
    s1 = 1760.062705994408 + z * (-1721.528607567954 + z * (674.819060538734 + s1))
    s1x = z * (766.116132004952 + z * (-108.3834525034224 + z * 51.2796974779828))
    s1 += x * (-86.1329351956084 + s1x - x * 137.1145018408982)
    s2 = z * (-614.668925894709 + z * (340.685093521782 - z * 33.3848202979239))
    s2 = -675.802947790203 + z * (2082.7344423998043 + s2)
    s2 += x * (-30.0682112585625 - 1380.9597954037708 * z + x * 148.10030845687618)
    s3 = z * (-1190.914967948748 + z * (298.904564555024 - z * 145.9491676006352))
    s3 = 365.7041791005036 + s3 + x * (3.50240264723578 + 938.26075044542 * z - x * 68.5590309679152)
    s4 = -108.30162043765552 + x2 * 12.4848504784754
    salt = s0 + y * (s1 + y * (s2 + y * (s3 + y * (s4 + y * 12.78101825083098))))
    return -0.025 * (water + x2 * salt)


@inlined
def _surface_entropy(x2: float, x: float, y: float) -> float:
    """``_entropy`` at the surface."""
    water = 290.12956292128547 + y * (-113.90630790850321 + y * 21.35571525415769)
    water = 2210.2236124548363 + y * (-592.743745734632 + y * water)
    water = -24715.571866078 + y * water
    s1 = 1760.062705994408 + x * (-86.1329351956084 - x * 137.1145018408982)
    s2 = -675.802947790203 + x * (-30.0682112585625 + x * 148.10030845687618)
    s3 = 365.7041791005036 + x * (3.50240264723578 - x * 68.5590309679152)
    s4 = -108.30162043765552 + x2 * 12.4848504784754
    salt = s1 + y * (s2 + y * (s3 + y * (s4 + y * 12.78101825083098)))
    return -0.025 * y * (water + x2 * salt)


@inlined
def _surface_gibbs_tt(x2: float, x: float, y: float) -> float:
    """Second derivative of the Gibbs function by temperature at the surface, J kg-1 K-2."""
    water = 1160.5182516851419 + y * (-569.531539542516 + y * 128.13429152494615)
    water = -24715.571866078 + y * (4420.4472249096725 + y * (-1778.231237203896 + y * water))
    s1 = 1760.062705994408 + x * (-86.1329351956084 - x * 137.1145018408982)
    s2 = -1351.605895580406 + x * (-60.136422517125 + x * 296.20061691375236)
    s3 = 1097.1125373015109 + x * (10.50720794170734 - x * 205.67709290374563)
    s4 = -433.20648175062206 + x2 * 49.9394019139016
    salt = s1 + y * (s2 + y * (s3 + y * (s4 + y * 63.905091254154904)))
    return 0.000625 * (water + x2 * salt)


@inlined
def _potential_enthalpy(x2: float, x: float, y: float) -> float:
    """Enthalpy of water brought to the surface, J kg-1; ``y`` from its potential temperature."""
    water = -1536.6644434977543 + y * (545.7340497931629 + y * (-50.91091728474331 - y * 18.30489878927802))
    water = 61.01362420681071 + y * (
        168776.46138048015 + y * (-2735.2785605119625 + y * (2574.2164453821433 + y * water))
    )
    s0 = -1687.914374187449 + x * (246.9598888781377 + x * (123.59576582457964 - x * 48.5891069025409))
    s0 = 268.5520265845071 + x * (937.2099110620707 + x * s0)
    s1 = -12019.028203559312 + x * (588.1802812170108 + x * 936.3206544460336)
    s2 = 3734.858026725145 + x * (248.39476522971285 - x * 942.7827304544439)
    s3 = -2046.7671145057618 + x * (-3.871557904936333 + x * 369.4389437509002)
    s4 = 465.28655623826234 + x * (-2.6268019854268356 - x * 33.83664947895248)
    s5 = -0.6370820302376359 - x2 * 9.987880382780322
    salt = s0 + y * (s1 + y * (s2 + y * (s3 + y * (s4 + y * (s5 - y * 10.650848542359153)))))
    return water + x2 * salt


@inlined
def specific_volume_terms(SA: float, CT: float) -> Terms:
    """Coefficients of specific volume as a polynomial in scaled pressure, for ``specific_volume``.

    Parameters
    ----------
    SA : Absolute Salinity, g kg-1. CT : Conservative Temperature, degrees Celsius.
    """
    x = math.sqrt(SFAC * SA + OFFSET)
    y = CT * 0.025
    a0 = -8.5047933937e-4 + x * (5.8086069943e-4 + x * (-2.1092370507e-4 + x * 3.1932457305e-5))
    a0 = 1.0769995862e-3 + x * (-3.1038981976e-4 + x * (6.6928067038e-4 + x * a0))
    a1 = 3.4532461828e-5 + x * (-1.1959409788e-5 + x * 1.3864594581e-6)
    a1 = -1.5649734675e-5 + x * (3.5009599764e-5 + x * (-4.3592678561e-5 + x * a1))
    a2 = 3.5907822760e-5 + x * (-1.8698584187e-5 + x * 3.8595339244e-6)
    a2 = 2.7762106484e-5 + x * (-3.7435842344e-5 + x * a2)
    a3 = 2.4141479483e-5 + x * (-1.4353633048e-5 + x * 2.2863324556e-6)
    a3 = -1.6521159259e-5 + x * a3
    a4 = 6.9111322702e-6 + x * (-8.7595873154e-6 + x * 4.3703680598e-6)
    a5 = -8.0539615540e-7 - x * 3.3052758900e-7
    v0 = a0 + y * (a1 + y * (a2 + y * (a3 + y * (a4 + y * (a5 + y * 2.0543094268e-7)))))
    b0 = 3.7470777305e-5 + x * (-1.7322218612e-5 + x * 3.0927427253e-6)
    b0 = -6.0799143809e-5 + x * (2.4262468747e-5 + x * (-3.4792460974e-5 + x * b0))
    b1 = 1.1100834765e-5 + x * (-9.8447117844e-6 + x * 2.5909225260e-6)
    b1 = 1.8505765429e-5 + x * (-9.5677088156e-6 + x * b1)
    b2 = -2.3678308361e-7 + x * (2.9283346295e-6 - x * 4.8826139200e-7)
    b2 = -1.1716606853e-5 + x * b2
    b3 = 7.9279656173e-6 + x * (-3.4558773655e-6 + x * 3.1655306078e-7)
    b4 = -3.4102187482e-6 + x * 1.2956717783e-6
    v1 = b0 + y * (b1 + y * (b2 + y * (b3 + y * (b4 + y * 5.0736766814e-7))))
    c0 = -4.8122251597e-6 + x * (4.9263106998e-6 - x * 1.7811974727e-6)
    c0 = 9.9856169219e-6 + x * (-5.8484432984e-7 + x * c0)
    c1 = -1.1736386731e-6 + x * (-5.5699154557e-6 + x * (5.4620748834e-6 - x * 1.3544185627e-6))
    c2 = 2.1305028740e-6 + x * (3.9137387080e-7 - x * 6.5731104067e-7)
    c3 = -4.6132540037e-7 + x * 7.7618888092e-9
    v2 = c0 + y * (c1 + y * (c2 + y * (c3 - y * 6.3352916514e-8)))
    d0 = -1.1309361437e-6 + x * (3.6310188515e-7 + x * 1.6746303780e-8)
    v3 = d0 + y * (-3.6527006553e-7 - x * 2.7295696237e-7 + y * 2.8695905159e-7)
    v4 = 1.0531153080e-7 - x * 1.1147125423e-7 + y * 3.1454099902e-7
    return v0, v1, v2, v3, v4, V5, V6


@inlined
def keep_terms(kept: Array, k: int, SA: float, CT: float) -> None:
    """Write ``specific_volume_terms`` of one level into the columns ``kept``: (5, n_level) float64."""
    kept[0, k], kept[1, k], kept[2, k], kept[3, k], kept[4, k], _, _ = specific_volume_terms(SA, CT)


@inlined
def kept_terms(kept: Array, k: int) -> Terms:
    """The terms of a level of what ``keep_terms`` wrote."""
    return (kept[0, k], kept[1, k], kept[2, k], kept[3, k], kept[4, k], V5, V6)


@inlined
def specific_volume(terms: Terms, p: float) -> float:
    """Specific volume, m3 kg-1, at sea pressure ``p``, dbar."""
    v0, v1, v2, v3, v4, v5, v6 = terms
    z = p * 1e-4
    return v0 + z * (v1 + z * (v2 + z * (v3 + z * (v4 + z * (v5 + z * v6)))))
